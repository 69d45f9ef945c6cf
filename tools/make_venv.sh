#!/bin/sh
# Make the virtual environment with a suitable Python, unless there is a working one: sh tools/make_venv.sh FOLDER
set -eu
folder=$1

# After a move its commands still name the old place: begin anew.
stamp=$folder/.installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" != "$PWD" ]; then
    rm -rf "$folder"
fi

if "$folder/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exit 0
fi

# The versions that the lock files were tried with come first; PYTHON=… overrides.
chosen=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
        chosen=$candidate
        break
    fi
done
if [ -z "$chosen" ]; then
    echo "The store needs Python 3.11, 3.12 or 3.13, and none of ${PYTHON:-python3, python3.13, python3.12, python3.11} is one." >&2
    echo "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13), or say PYTHON=/path/to/python." >&2
    exit 1
fi

if ! "$chosen" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$chosen lacks the module venv (Debian: apt-get install python3-venv)." >&2
    exit 1
fi
echo "Making $folder with $("$chosen" --version)"
"$chosen" -m venv --clear "$folder"
