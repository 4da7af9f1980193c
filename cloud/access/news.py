"""What somebody is told, by their own ways, of a change to how they sign in: it may not have been them."""

from collections.abc import Callable
from typing import Final

from cloud.ports import Words

__all__ = ["FACTOR_REMOVED", "GUEST_INVITED", "NEW_DEVICE", "PASSWORD_CHANGED", "Tell", "nobody_is_told"]

Tell = Callable[[str, Words], None]
"""Tells a person, by id; it returns at once, and what cannot be told holds nobody up."""


def _words(line: str, chinese: str) -> Words:
    advice = "If this was not you, change your password and sign out everywhere else, under your name."
    return Words(
        subject="Carewire: your sign-in / 您的登录",
        line=f"{line} {chinese}",
        body=f"{line}\n{advice}\n\n{chinese}\n如果不是您本人操作，请立即修改密码，并退出其他所有设备。",  # noqa: RUF001 - Chinese
        language="en",
    )


NEW_DEVICE: Final = _words("Somebody signed in as you on a new device.", "有人在新设备上登录了您的账户。")
PASSWORD_CHANGED: Final = _words("Your password was changed.", "您的密码已被修改。")
FACTOR_REMOVED: Final = _words("The code beside your password was removed.", "您的二次验证已被关闭。")

GUEST_INVITED: Final = Words(
    subject="Carewire: your record / 您的记录",
    line="Somebody was invited to see a record that you share. 有人受邀查看您所共享的记录。",
    body="Who acts in the patient's place invited somebody to see the record.\n"
    "If you do not want this, take it back under who may see what.\n\n"
    "代理患者的人邀请了他人查看记录。\n如果您不同意，请在“谁可以查看”中收回。",  # noqa: RUF001 - Chinese
    language="en",
)


def nobody_is_told(person_id: str, words: Words) -> None:
    """Tell nobody: where there are no ways to people, as on the command line."""
