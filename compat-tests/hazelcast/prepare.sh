#!/bin/sh
# Installs the releases of Hazelcast that our reader and our forecasts are compared with, from Maven Central, and compiles the
# two small programs that ask them.
#
# Everything goes below $COMPAT_HAZELCAST, by default target/compat-hazelcast of this checkout: a folder for each release with
# lib/ and classes/. A release whose inputs have not changed is left alone.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
installed=${COMPAT_HAZELCAST:-$here/../../target/compat-hazelcast}
mkdir -p "$installed"
installed=$(cd "$installed" && pwd)

inputs() {
    cat "$here/pom.xml" "$here"/src/*.java
}

for version in $(cat "$here/versions.txt"); do
    folder=$installed/$version
    if inputs | cmp -s - "$folder/installed-from"; then
        echo "Hazelcast $version: there"
        continue
    fi
    echo "Hazelcast $version: fetching from Maven Central"
    mkdir -p "$folder"
    build="mvn --quiet --batch-mode --file $here/pom.xml -Dhazelcast.version=$version -Dcompat.build=$folder package"
    # Offline first: what an earlier build has fetched is enough.
    $build --offline > /dev/null 2>&1 || $build
    rm -rf "$folder/classes"
    javac -nowarn -d "$folder/classes" -cp "$folder/lib/*" "$here"/src/*.java
    inputs > "$folder/installed-from"
done
