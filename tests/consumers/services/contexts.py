"""The contexts of requests to a service, made as its API makes them: keystonemiddleware validates the user's token."""

import functools
import json
import os

import webob
from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystonemiddleware import auth_token

# The password and the project of each user.
ACCOUNTS = json.loads(os.environ["ACCOUNTS"])


class Contexts:
    def __init__(self, configuration, context_of):
        """`context_of` returns the context of a request that has passed keystonemiddleware."""
        self.url = configuration.keystone_authtoken.www_authenticate_uri
        self.context_of = context_of
        self.middleware = auth_token.AuthProtocol(webob.Response(), {"oslo_config_config": configuration})

    @functools.cache
    def __call__(self, user):
        password, project = ACCOUNTS[user]
        login = v3.Password(
            self.url,
            username=user,
            password=password,
            project_name=project,
            user_domain_id="default",
            project_domain_id="default",
        )
        request = webob.Request.blank("/", headers={"X-Auth-Token": session.Session(login).get_token()})
        response = request.get_response(self.middleware)
        assert response.status_int == 200, response
        return self.context_of(request)
