/* A C host's reduction: MPI_Allreduce makes the records of all ranks one, to the byte.
 *
 *   mpirun -n 4 meter      exit status 0 if all checks hold on all ranks */
#include <mpi.h>

#include "../c/common.h"

static int32_t over_world(void *user, int32_t reduction, int64_t *values, int64_t count)
{
    (void)user;
    const MPI_Op operation = reduction == QUBE_REDUCTION_LARGEST ? MPI_MAX
                             : reduction == QUBE_REDUCTION_LEAST ? MPI_MIN
                                                                 : MPI_SUM;
    return MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_INT64_T, operation, MPI_COMM_WORLD);
}

/* Rank r held 1000 at the beginning, 1000 (r + 1) at the end and 2000 (r + 1) between; the last
   rank's peak is not known. */
static void records_become_one(int64_t rank, int64_t n)
{
    const char *names[] = {NULL, "a", NULL};
    const int64_t peak = rank == n - 1 ? -1 : 2000 * (rank + 1);
    const qube_reading readings[] = {
        {1000, 1000, 1, 0}, {1000, 1000, 1, 0}, {1000 * (rank + 1), peak, 1, 0}};
    qube_meter *meter = NULL;
    CHECK_OK(qube_meter_of_readings(rank, names, readings, 3, &meter));
    CHECK_OK(qube_meter_reduce(meter, over_world, NULL));
    VIEW(qube_meter, view, meter);
    CHECK(view.n_ranks == n && view.n_stages == 1);
    const qube_measured_figure entry = view.stages[0].entry, end = view.stages[0].end;
    CHECK(entry.bytes == 1000 && entry.least_bytes == 1000 && entry.sum_bytes == 1000 * n);
    CHECK(entry.fullest_rank == 0);
    CHECK(end.bytes == 1000 * n && end.least_bytes == 1000 && end.fullest_rank == n - 1);
    CHECK(end.sum_bytes == 1000 * n * (n + 1) / 2);
    CHECK(view.stages[0].peak.least_bytes == -1 && view.stages[0].peak.sum_bytes == -1);
    qube_meter_free(meter);
}

int main(int argc, char **argv)
{
    int rank, n, failed;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    CHECK(n > 1);
    records_become_one(rank, n);
    MPI_Allreduce(&checks_failed, &failed, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("%d checks passed on each of %d ranks\n", checks_passed, n);
    }
    MPI_Finalize();
    return failed > 0;
}
