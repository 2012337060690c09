#!/bin/sh
# Takes Hazelcast's schemas and example files out of its jars (Maven Central), for the tests that the table of elements is
# whole and that both notations are read.
#
# Everything goes below $COMPAT_SCHEMAS, by default target/compat-hazelcast-schema of this checkout, one folder for
# each jar. When the list of jars has not changed nothing is done, so that a second run needs no network.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
unpacked=${COMPAT_SCHEMAS:-$here/../../target/compat-hazelcast-schema}
mkdir -p "$unpacked"
unpacked=$(cd "$unpacked" && pwd)

if cmp -s "$here/pom.xml" "$unpacked/unpacked-from"; then
    echo "Hazelcast's schemas: there"
    exit
fi
echo "Hazelcast's schemas: unpacking, with jars from Maven Central"
rm -rf "$unpacked"
mkdir -p "$unpacked"
build="mvn --quiet --batch-mode --file $here/pom.xml -Dcompat.build=$unpacked process-resources"
# Offline first: what an earlier build has fetched is enough.
$build --offline > /dev/null 2>&1 || $build
cp "$here/pom.xml" "$unpacked/unpacked-from"
