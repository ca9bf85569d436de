"""Secrets (by detect-secrets), personal data and profanity in documentation."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import Any

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})(?![\w@])")
_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?!\w|[.-]\w)")
_PHONE = re.compile(r"(?<![\w.+])\+\d{1,3}[ .-]?\(?\d{2,4}\)?(?:[ .-]?\d{2,4}){2,4}(?!\w)")
_HOME = re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)([A-Za-z][\w.-]+)")

# RFC 2606 and what documentation uses in its place.
_EXAMPLE_DOMAINS = (
    "example.com",
    "example.org",
    "example.net",
    "example",
    "test",
    "invalid",
    "localhost",
    "domain.com",
    "foo.com",
    "bar.com",
    "email.com",
)
_EXAMPLE_USERS = {
    "user",
    "username",
    "me",
    "you",
    "name",
    "foo",
    "bar",
    "test",
    "example",
    "alice",
    "bob",
    "your-name",
    "runner",
    "linuxbrew",
    "shared",
    "public",
}

_PROFANE = re.compile(
    r"\b(?:fuck\w*|shit\w*|bullshit|bitch\w*|bastards?|assholes?|cunts?|dick(?:head)s?|motherfuck\w*|cocksucker\w*|wank\w*"
    r"|whores?|sluts?|fagg?ots?|retard(?:ed|s)?|nigg\w+|twats?|pussy|crap(?:py)?|damn(?:ed|it)?|goddamn)\b",
    re.IGNORECASE,
)

_PLUGINS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}


@cache
def _plugins() -> list[Any]:
    from importlib import import_module

    return [getattr(import_module(f"detect_secrets.plugins.{name}"), kind)() for name, kind in _PLUGINS.items()]


def secret(text: str) -> str:
    """The kind and beginning of the first key or token in `text`, or ''."""
    for plugin in _plugins():
        for found in plugin.analyze_string(text):
            # Basic auth: `https://user:password@host` is how documentation shows it, not anybody's password.
            if plugin.secret_type == "Basic Auth Credentials" and re.fullmatch(
                r"[a-z]*pass\w*|pwd|secret|\W+|x+|\{.*", found
            ):
                continue
            return f"{plugin.secret_type}: {found[:6]}…"
    return ""


def personal_data(text: str) -> str:
    """The first e-mail address, public IP address, telephone number or home directory of somebody, or ''."""
    # The cheap tests first: nearly no documentation has any of this.
    for match in _EMAIL.finditer(text) if "@" in text else ():
        user, _, domain = match.group().lower().partition("@")
        if not domain.endswith(_EXAMPLE_DOMAINS) and user not in _EXAMPLE_USERS and "noreply" not in user:
            return f"e-mail address {match.group()}"
    for match in _IPV4.finditer(text):
        if _is_public(match.group()):
            return f"IP address {match.group()}"
    if "+" in text and (phone := _PHONE.search(text)):
        return f"telephone number {phone.group()}"
    for match in _HOME.finditer(text):
        if match.group(1).lower() not in _EXAMPLE_USERS:
            return f"home directory {match.group()}"
    return ""


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    # Four small numbers are a version far more often than a machine.
    return address.is_global and max(address.packed) > 31 and text not in ("8.8.8.8", "1.1.1.1")


def profanity(text: str) -> str:
    """The first word of a short list that nobody wants a model to learn, or ''."""
    found = _PROFANE.search(text)
    return found.group() if found else ""
