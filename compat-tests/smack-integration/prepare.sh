#!/bin/sh
# Installs Smack's integration tests for servers from Maven Central and compiles the class that writes down their results.
#
# Everything goes below $COMPAT_SMACK_INTEGRATION, by default target/compat-smack-integration of this checkout. Nothing is
# done again while the inputs have not changed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
installed=${COMPAT_SMACK_INTEGRATION:-$here/../../target/compat-smack-integration}
mkdir -p "$installed"
installed=$(cd "$installed" && pwd)

inputs() {
    cat "$here/pom.xml" "$here"/src/*.java
}

if inputs | cmp -s - "$installed/installed-from"; then
    echo "Smack's integration tests: there"
    exit 0
fi
echo "Smack's integration tests: fetching from Maven Central"
build="mvn --quiet --batch-mode --file $here/pom.xml -Dcompat.build=$installed process-classes"
# Offline first: what an earlier build has fetched is enough.
$build --offline > /dev/null 2>&1 || $build
inputs > "$installed/installed-from"
