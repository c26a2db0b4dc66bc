# Makes the environment of Keystone, and the database that each run starts from a copy of. To be sourced.
keystone=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$keystone/../environment.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
export KEYSTONE=$target/keystone
environment keystone "$keystone/requirements.txt"

# `cloud.json` is written last. What the environment is made anew for is made anew with it.
made=$KEYSTONE/seed/cloud.json
if [ ! -e "$made" ] || [ "$keystone/seed.py" -nt "$made" ] || [ "$keystone/cloud.py" -nt "$made" ]; then
    rm -rf "$KEYSTONE/seed"
    "$KEYSTONE/bin/python" "$keystone/seed.py" "$KEYSTONE/seed"
fi
