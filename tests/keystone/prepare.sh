# Creates the environment of Keystone, and the seed database that each run copies. To be sourced.
keystone=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$keystone/../environment.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
export KEYSTONE=$target/keystone
environment keystone "$keystone/requirements.txt"

# `cloud.json` is written last, so it exists only in a complete seed. A new environment has none.
made=$KEYSTONE/seed/cloud.json
if [ ! -e "$made" ] || [ "$keystone/seed.py" -nt "$made" ] || [ "$keystone/cloud.py" -nt "$made" ]; then
    rm -rf "$KEYSTONE/seed"
    "$KEYSTONE/bin/python" "$keystone/seed.py" "$KEYSTONE/seed"
fi
