#!/bin/sh
# Build the functions' code: deploy/build.sh arm64|x86_64 [DIRECTORY]
# Python on the PATH may be any: what is installed is for the runtime of template.yaml.
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
    arm64) processor=aarch64 ;;
    x86_64) processor=x86_64 ;;
    *) echo "usage: deploy/build.sh arm64|x86_64 [DIRECTORY]" >&2; exit 2 ;;
esac
target=${2:-deploy/build/lambda}
rm -rf "$target"
python3 -m pip install --quiet --no-compile --target "$target" \
    --only-binary=:all: --implementation cp --python-version 3.13 \
    --platform "manylinux2014_$processor" --platform "manylinux_2_28_$processor" --platform "manylinux_2_34_$processor" \
    ".[lambda]"
# Commands, which no function runs.
rm -rf "$target/bin"
# pip sets modes by the umask of the user that builds; Lambda reads as another user.
chmod -R a+rX "$target"
