"""What Slack takes as the elements of blocks: buttons, menus, inputs, pictures."""

from practice.slack.rich_text_rules import RICH_TEXT_ONLY, SLACK_FILE
from practice.slack.shape import Check, any_of, array, both, by_type, choice, flag, number, plain, record, string, text

_CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
_OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75), "url": string(3000)})
_PLAIN_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": string(3000)})
_GROUP = record({"label": plain(75), "options": array(_PLAIN_OPTION, 100)})
_DISPATCH = record({"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"))})
_FILTER = record({}, {
    "include": array(choice("im", "mpim", "private", "public")),
    "exclude_external_shared_channels": flag,
    "exclude_bot_users": flag,
})  # fmt: skip
_ANY = {"action_id": string(255), "confirm": _CONFIRM, "focus_on_load": flag}
_WITH_HINT = {**_ANY, "placeholder": plain(150)}
_TYPED = {
    "action_id": string(255),
    "placeholder": plain(150),
    "focus_on_load": flag,
    "dispatch_action_config": _DISPATCH,
}
_MANY = {"max_selected_items": number(1)}
_FEEDBACK = record({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
_BUTTON = record(
    {"text": plain(75)},
    {
        "action_id": string(255), "url": string(3000), "value": string(2000), "style": choice("primary", "danger"),
        "confirm": _CONFIRM, "accessibility_label": string(75), "agent_prompt": string(4000), "agent_prompt_display": string(),
        "visible_to_user_ids": array(string()),
    },
)  # fmt: skip
_ICON_BUTTON = record(
    {"icon": choice("trash"), "text": plain(75)},
    {
        "action_id": string(255), "accessibility_label": string(75), "value": string(2000), "confirm": _CONFIRM,
        "visible_to_user_ids": array(string()),
    },
)  # fmt: skip
_WORKFLOW_BUTTON = record(
    {"text": plain(75), "workflow": record({"trigger": record({"url": string(3000)}, {"customizable_input_parameters": array(record({"name": string(), "value": string()}))})})},
    {"action_id": string(255), "style": choice("primary", "danger"), "accessibility_label": string(75)},
)  # fmt: skip
_MENU = both(any_of("options", "option_groups"), record({}, {
    **_WITH_HINT,
    "options": array(_PLAIN_OPTION, 100), "option_groups": array(_GROUP, 100), "initial_option": _PLAIN_OPTION,
}))  # fmt: skip
_MULTI_MENU = both(any_of("options", "option_groups"), record({}, {
    **_WITH_HINT, **_MANY,
    "options": array(_PLAIN_OPTION, 100), "option_groups": array(_GROUP, 100), "initial_options": array(_PLAIN_OPTION, 100),
}))  # fmt: skip

IMAGE: Check = both(
    any_of("image_url", "slack_file"),
    record({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": SLACK_FILE}),
)
URL_SOURCE: Check = by_type({"url": record({"url": string(3000), "text": string()})})

_SHAPES: dict[str, Check] = {
    "button": _BUTTON,
    "icon_button": _ICON_BUTTON,
    "workflow_button": _WORKFLOW_BUTTON,
    "feedback_buttons": record({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": string(255)}),
    "image": IMAGE,
    "plain_text": text(3000),
    "mrkdwn": text(3000),
    "overflow": record({"options": array(_PLAIN_OPTION, 5)}, {"action_id": string(255), "confirm": _CONFIRM}),
    "checkboxes": record({"options": array(_OPTION, 10)}, {**_ANY, "initial_options": array(_OPTION, 10)}),
    "radio_buttons": record({"options": array(_OPTION, 10)}, {**_ANY, "initial_option": _OPTION}),
    "static_select": _MENU,
    "multi_static_select": _MULTI_MENU,
    "external_select": record({}, {**_WITH_HINT, "initial_option": _PLAIN_OPTION, "min_query_length": number(0)}),
    "multi_external_select": record({}, {**_WITH_HINT, **_MANY, "initial_options": array(_PLAIN_OPTION, 100), "min_query_length": number(0)}),
    "users_select": record({}, {**_WITH_HINT, "initial_user": string()}),
    "multi_users_select": record({}, {**_WITH_HINT, **_MANY, "initial_users": array(string())}),
    "channels_select": record({}, {**_WITH_HINT, "initial_channel": string(), "response_url_enabled": flag}),
    "multi_channels_select": record({}, {**_WITH_HINT, **_MANY, "initial_channels": array(string())}),
    "conversations_select": record({}, {
        **_WITH_HINT, "initial_conversation": string(), "default_to_current_conversation": flag,
        "response_url_enabled": flag, "filter": _FILTER,
    }),
    "multi_conversations_select": record({}, {
        **_WITH_HINT, **_MANY, "initial_conversations": array(string()), "default_to_current_conversation": flag, "filter": _FILTER,
    }),
    "datepicker": record({}, {**_WITH_HINT, "initial_date": string(10, 10)}),
    "timepicker": record({}, {**_WITH_HINT, "initial_time": string(5, 5), "timezone": string()}),
    "datetimepicker": record({}, {**_ANY, "initial_date_time": number(1_000_000_000, 9_999_999_999)}),
    "plain_text_input": record({}, {
        **_TYPED, "initial_value": string(3000, 0), "multiline": flag, "min_length": number(0, 3000), "max_length": number(1, 3000),
    }),
    "email_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "url_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "number_input": record({"is_decimal_allowed": flag}, {
        **_TYPED, "initial_value": string(), "min_value": string(), "max_value": string(),
    }),
    "rich_text_input": record({}, {**_TYPED, "initial_value": RICH_TEXT_ONLY, "min_lines": number(1), "max_lines": number(1)}),
    "file_input": record({}, {"action_id": string(255), "filetypes": array(string()), "max_files": number(1, 10)}),
}  # fmt: skip

_MENUS = tuple(name for name in _SHAPES if name.endswith("_select"))
_PICKS = ("button", "workflow_button", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", *_MENUS)
_INPUTS = tuple(name for name in _SHAPES if name.endswith("_input"))

IN_ACTIONS: Check = by_type(_SHAPES, (*_PICKS, "datetimepicker"))
IN_SECTION: Check = by_type(_SHAPES, (*_PICKS, "image"))
IN_CONTEXT: Check = by_type(_SHAPES, ("image", "plain_text", "mrkdwn"))
IN_CONTEXT_ACTIONS: Check = by_type(_SHAPES, ("feedback_buttons", "icon_button"))
IN_CARD: Check = by_type(_SHAPES, ("button",))
IN_INPUT: Check = by_type(
    _SHAPES, (*_INPUTS, *_MENUS, "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker")
)
ICON: Check = by_type({"image": IMAGE})
