# Licences and notices, the crate, what names the version, presets, and the Debian package.
# shellcheck shell=bash disable=SC2034,SC2154

version_of() { sed -n -E "s/^ *(set\()?version[ \"=:(]+([0-9]+\.[0-9]+\.[0-9]+).*/\2/p" "$root/$1" | head -n 1; }
for file in fpm.toml CITATION.cff packaging/conda/recipe.yaml packaging/spack/spack_repo/qube/packages/qube_budget/package.py; do
  check "$file has version $version" same "$(version_of $file)" "$version"
done
check "the licences are installed" diff <(cd "$root" && cat LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt) \
  <(cd "$prefix/share/doc/qube_budget" && cat LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt)

# Every crate in the library and the command is in THIRD-PARTY.txt, and nothing else.
crates() {
  cargo tree --manifest-path "$root/Cargo.toml" --locked --offline --edges normal --prefix none --format '{p}' \
    --target "$1" | awk '{ print $1 }'
}
notices_are_whole() {
  local named crate
  named=$(sed -n '/^====/,/^----/s/^  //p' "$root/THIRD-PARTY.txt" | sort -u)
  diff <(for target in {x86_64,aarch64}-{unknown-linux-gnu,apple-darwin}; do crates $target; done | sort -u) \
    <(echo "$named") || { echo "make notices"; return 1; }
}
check "THIRD-PARTY.txt names the crates of Cargo.lock" notices_are_whole

# The crate is what crates.io would give: enough to build the library, with cargo and with CMake.
make_crate() {
  cargo package --manifest-path "$root/Cargo.toml" --locked --offline --allow-dirty --no-verify \
    --target-dir "$work/crate"
  tar -xzf "crate/package/qube-budget-$version.crate"
  [ ! -e "qube-budget-$version/tests" ]
  cmake -S "qube-budget-$version" -B "build of the crate"
}
check "a crate is made, and CMake takes it" make_crate

presets() {
  local preset
  for preset in default static dev; do
    (cd "$root" && cmake --preset "$preset" -B "$work/preset $preset" >/dev/null)
  done
}
check "the presets of CMakePresets.json" presets

# The Debian package, unpacked, and used from where it lies.
debian_package() {
  local file folder="debian root"
  cmake -S "$root" -B "build for debian" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib \
    -DQUBE_BUDGET_CARGO_TARGET_DIR="$cargo_target" -DQUBE_BUDGET_BUILD_TESTING=OFF
  cmake --build "build for debian"
  (cd "build for debian" && cpack -G DEB)
  file=$(ls "build for debian"/qube-budget_*.deb)
  same "$(dpkg-deb --field "$file" Package) $(dpkg-deb --field "$file" Version)" "qube-budget $version"
  dpkg-deb --extract "$file" "$folder"
  (bare "$work/$folder/usr" gcc "$consumer/host.c" "-Wl,-rpath,$work/$folder/usr/lib")
  "$folder/usr/bin/qube" --version
}
if [ "$(command -v dpkg-deb)" ]; then
  check "cpack makes a Debian package" debian_package
fi
