"""How services and their users log in."""

from dataclasses import dataclass

from program import CONFIG, PASSWORDS

OPTIONS = """
auth_type = password
auth_url = {auth_url}
username = {user}
password = {password}
project_name = {project}
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
"""

# The password and the project of each user of the example configuration.
EXAMPLE_ACCOUNTS = {user["name"]: (PASSWORDS[user["name"]], next(iter(user["projects"]))) for user in CONFIG["identity"]["users"]}


@dataclass
class Logins:
    """The logins to an Identity service. Services write them into their configuration."""

    auth_url: str
    accounts: dict[str, tuple[str, str]]
    # A user that may validate the tokens of others.
    validator: str

    def options(self, user):
        """The options of a section, for the login with a password."""
        password, project = self.accounts[user]
        return OPTIONS.format(auth_url=self.auth_url, user=user, password=password, project=project)

    def token_validation(self):
        """The section by which keystonemiddleware validates the tokens of users."""
        return f"[keystone_authtoken]{self.options(self.validator)}www_authenticate_uri = {self.auth_url}\n"


def embedded(url):
    """The logins to the embedded Identity service of the program."""
    return Logins(f"{url}/identity/v3", EXAMPLE_ACCOUNTS, "admin")
