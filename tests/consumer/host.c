/* Passes when the header and the library have the version that is given as argument. */
#include <stdio.h>
#include <string.h>

#include <qube_budget.h>

int main(int argc, char **argv)
{
    char header[64];
    snprintf(header, sizeof header, "%d.%d.%d", QUBE_VERSION_MAJOR, QUBE_VERSION_MINOR,
             QUBE_VERSION_PATCH);
    if (argc != 2 || strcmp(header, argv[1]) != 0 || strcmp(qube_version(), argv[1]) != 0 ||
        qube_abi_version() != QUBE_ABI_VERSION) {
        fprintf(stderr, "header %s (binary interface %d), library %s (%d)\n", header,
                (int)QUBE_ABI_VERSION, qube_version(), (int)qube_abi_version());
        return 1;
    }
    return 0;
}
