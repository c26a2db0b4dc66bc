"""The small cloud of the tests: its users, and the configuration of its Keystone."""

REGION = "RegionOne"

# User: project, and role in that project. Keystone creates the first user, and all roles but
# `auditor`.
USERS = {
    "admin": ("admin", "admin"),
    "member": ("alpha", "member"),
    "reader": ("alpha", "reader"),
    "auditor": ("alpha", "auditor"),
    "stranger": ("beta", "member"),
    "image-tags": ("service", "service"),
}
PASSWORDS = {user: f"password-of-{user}-0123456789abcdef" for user in USERS}
# These users also have their role in the domain Default.
DOMAIN_USERS = ["admin", "member"]

CONFIGURATION = """\
[DEFAULT]
log_file = {home}/keystone.log
[database]
connection = sqlite:///{home}/keystone.db?timeout=30
[token]
provider = fernet
[fernet_tokens]
key_repository = {home}/fernet
[credential]
key_repository = {home}/credential
[identity]
# The minimum of bcrypt: the tests log in often, and the passwords need no protection.
password_hash_rounds = 4
"""


def configure(home):
    """Write the configuration of the Keystone in the directory `home`, and return its path."""
    path = home / "keystone.conf"
    path.write_text(CONFIGURATION.format(home=home))
    return path
