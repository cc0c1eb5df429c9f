"""The methods about people, groups, channels, views and the app itself."""

from practice.slack import fixture
from practice.slack.limits import invalid_blocks, message_problems, view_problems
from practice.slack.methods import Call, Method
from practice.slack.passes import PassRefused
from practice.slack.wire import Json, Refusal, is_record


def _auth_test(call: Call) -> Json:
    return {
        "url": f"{call.desk.address()}/",
        "team": fixture.TEAM_NAME,
        "user": "scout",
        "team_id": fixture.TEAM,
        "user_id": fixture.BOT_USER,
        "bot_id": fixture.BOT,
        "is_enterprise_install": False,
    }


def _api_test(call: Call) -> Json:
    if call.text("error"):
        raise Refusal(call.text("error"), args=call.args)
    return {"args": call.args}


def _open_connection(call: Call) -> Json:
    ticket = call.desk.tickets.issue(fixture.APP)
    return {"url": f"{call.desk.address().replace('http', 'ws', 1)}/socket/?ticket={ticket}&app_id={fixture.APP}"}


def _user(call: Call) -> Json:
    return {"user": call.user().wire()}


def _users(call: Call) -> Json:
    members = [user.wire() for user in call.workspace.users.values() if not user.is_stranger]
    return {"members": members, "cache_ts": 1790000000, "response_metadata": {"next_cursor": ""}}


def _groups(call: Call) -> Json:
    with_users = call.flag("include_users")
    groups = call.workspace.groups.values()
    return {"usergroups": [one.wire() | ({"users": list(one.members)} if with_users else {}) for one in groups]}


def _group_members(call: Call) -> Json:
    found = call.workspace.groups.get(call.needed("usergroup"))
    if found is None:
        raise Refusal("no_such_subteam")
    return {"users": list(found.members)}


def _open_conversation(call: Call) -> Json:
    names = [name for name in call.text("users").split(",") if name]
    if call.text("channel"):
        return {"channel": {"id": call.channel().id}}
    if len(names) != 1:
        raise Refusal("users_list_not_supplied" if not names else "not_enough_users")
    user = call.workspace.users.get(names[0])
    if user is None or user.direct_message not in call.workspace.channels:
        raise Refusal("user_not_found")
    return {"no_op": True, "already_open": True, "channel": {"id": user.direct_message}}


def _conversation(call: Call) -> Json:
    return {"channel": call.channel().wire()}


def _members(call: Call) -> Json:
    return {"members": sorted(call.channel().members), "response_metadata": {"next_cursor": ""}}


def _conversations(call: Call) -> Json:
    kinds = (call.text("types") or "public_channel").split(",")
    name = {"channel": "public_channel", "group": "private_channel", "im": "im"}
    seen = [one for one in call.workspace.channels.values() if one.kind == "channel" or fixture.BOT_USER in one.members]
    return {
        "channels": [one.wire() for one in seen if name[one.kind] in kinds],
        "response_metadata": {"next_cursor": ""},
    }


def _team(_call: Call) -> Json:
    return {"team": {"id": fixture.TEAM, "name": fixture.TEAM_NAME, "domain": fixture.TEAM_DOMAIN, "email_domain": ""}}


def _triggered(call: Call) -> str:
    try:
        return call.desk.triggers.take(call.needed("trigger_id"))
    except PassRefused as refused:
        errors = {"unknown": "invalid_trigger_id", "used": "exchanged_trigger_id", "expired": "expired_trigger_id"}
        raise Refusal(errors[refused.fate]) from refused


def _open_view(call: Call) -> Json:
    call.desk.views.check(call.data("view"), "modal")
    return {"view": call.desk.views.open(_triggered(call), call.data("view"))}


def _push_view(call: Call) -> Json:
    call.desk.views.check(call.data("view"), "modal")
    return {"view": call.desk.views.push(_triggered(call), call.data("view"))}


def _update_view(call: Call) -> Json:
    views = call.desk.views
    view_id = call.text("view_id") or views.by_external_id(call.text("external_id"))
    return {"view": views.update(view_id, call.data("view"), call.text("hash"))}


def _publish_view(call: Call) -> Json:
    user = call.user("user_id")
    return {"view": call.desk.views.publish(user.id, call.data("view"), call.text("hash"))}


def _validate(call: Call) -> Json:
    view, message = call.data("view"), call.data("message")
    if is_record(view):
        problems = view_problems(view)
    else:
        problems = message_problems(message if is_record(message) else {"blocks": call.data("blocks")})
    if problems:
        raise invalid_blocks(problems)
    return {}


_READ = ("channels:read", "groups:read", "im:read")

METHODS = {
    "auth.test": Method(_auth_test, (), 600),
    "api.test": Method(_api_test, (), 600),
    "apps.connections.open": Method(_open_connection, (), 60, is_app_level=True),
    "blocks.validate": Method(_validate, (), 100),
    "users.info": Method(_user, ("users:read",), 100),
    "users.list": Method(_users, ("users:read",), 20),
    "usergroups.list": Method(_groups, ("usergroups:read",), 20),
    "usergroups.users.list": Method(_group_members, ("usergroups:read",), 20),
    "conversations.open": Method(_open_conversation, ("im:write",), 50),
    "conversations.info": Method(_conversation, _READ, 50),
    "conversations.members": Method(_members, _READ, 100),
    "conversations.list": Method(_conversations, _READ, 20),
    "team.info": Method(_team, ("team:read",), 50),
    "views.open": Method(_open_view, (), 100),
    "views.push": Method(_push_view, (), 100),
    "views.update": Method(_update_view, (), 100),
    "views.publish": Method(_publish_view, (), 100),
}
