"""The small cloud of the tests: who is in it, and how its Keystone is configured."""

REGION = "RegionOne"

# User: project and role there. Keystone makes the first of them and all roles but `auditor` itself.
USERS = {
    "admin": ("admin", "admin"),
    "member": ("alpha", "member"),
    "reader": ("alpha", "reader"),
    "auditor": ("alpha", "auditor"),
    "stranger": ("beta", "member"),
    "image-tags": ("service", "service"),
}
PASSWORDS = {user: f"password-of-{user}-0123456789abcdef" for user in USERS}
# These have their role in the whole domain Default, too.
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
# As few as bcrypt allows: logins are many, and nobody attacks these passwords.
password_hash_rounds = 4
"""


def configure(home):
    """Writes the configuration of the Keystone in the directory `home`, and gives its path."""
    path = home / "keystone.conf"
    path.write_text(CONFIGURATION.format(home=home))
    return path
