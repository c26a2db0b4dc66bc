"""Heat's engine with stacks that have images, on a database in memory."""

import webob
from oslo_config import cfg

from heat.common import config, context, messaging
from heat.db import api as database, models
from heat.engine import environment, resources, stack, template

from contexts import Contexts


def context_of(request):
    context.ContextMiddleware(None, None).process_request(request)
    return request.context


def functions(configuration):
    cfg.CONF(["--config-file", configuration], project="heat")
    config.set_config_defaults()
    models.BASE.metadata.create_all(database.get_engine())
    messaging.setup("fake://")
    resources.initialise()
    contexts = Contexts(cfg.CONF, context_of)
    stacks = {}

    def parsed(properties):
        text = {"heat_template_version": "2021-04-16", "resources": {"image": {"type": "OS::Glance::WebImage", "properties": properties}}}
        return template.Template(text, env=environment.Environment())

    def state(name):
        """The state of the stack with its reason, and the id of its image."""
        return [*stacks[name].state, stacks[name].status_reason, stacks[name]["image"].resource_id]

    def create(user, name, properties):
        stacks[name] = stack.Stack(contexts(user), name, parsed(properties), timeout_mins=1)
        stacks[name].validate()
        stacks[name].store()
        stacks[name].create()
        return state(name)

    def update(user, name, properties):
        stacks[name].update(stack.Stack(contexts(user), name, parsed(properties)))
        return state(name)

    def delete(name):
        stacks[name].delete()
        return stacks[name].state

    return {
        "create": create,
        "update": update,
        "delete": delete,
        "find": lambda user, name: contexts(user).clients.client_plugin("glance").find_image_by_name_or_id(name),
    }
