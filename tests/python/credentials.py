"""How services log in, in the form of their configuration."""

from program import PASSWORDS

CREDENTIALS = """
auth_type = password
auth_url = {url}/identity/v3
username = {user}
password = {password}
project_name = {project}
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
"""


def credentials(url, user="demo", project="demo"):
    """The options of a section, for the login with a password."""
    return CREDENTIALS.format(url=url, user=user, password=PASSWORDS[user], project=project)


def token_validation(url):
    """The section by which keystonemiddleware validates the tokens of users."""
    return f"[keystone_authtoken]{credentials(url, 'admin', 'admin')}www_authenticate_uri = {url}/identity/v3\n"
