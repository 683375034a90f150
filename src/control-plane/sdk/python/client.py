"""Calls an API: the standard library alone, one connection a call. Threads may share a client."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any, Callable, Dict, Generic, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

ParameterValue = Union[str, int, float, bool]
QueryValue = Union[ParameterValue, Sequence[ParameterValue]]
Status = TypeVar("Status", bound=int)
Body = TypeVar("Body")


@dataclass(frozen=True)
class Credentials:
    """AWS credentials: methods with AWS_IAM authorization are signed with them (Signature Version 4)."""

    access_key_id: str
    secret_access_key: str
    session_token: Optional[str] = None


@dataclass(frozen=True)
class Answer(Generic[Status, Body]):
    """What a method answers: `status` tells which of the declared answers it is."""

    status: Status
    headers: Message
    body: Body
    """JSON as it is, text as str, anything else as bytes, None for nothing."""


class ApiError(Exception):
    """A status that a method does not declare: API Gateway's own refusals among them."""

    def __init__(self, what: str, status: int, headers: Message, body: Any) -> None:
        super().__init__(f"{what} answered {status}")
        self.status = status
        self.headers = headers
        self.body = body


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: keys and signatures are not for other hosts."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class BaseClient:
    """What all methods of a client do."""

    def __init__(
        self,
        *,
        invoke_url: str,
        region: str,
        api_key: Optional[str] = None,
        credentials: Union[Credentials, Callable[[], Credentials], None] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 30,
    ) -> None:
        self._invoke_url = invoke_url.rstrip("/")
        self._region = region
        self._api_key = api_key
        self._credentials = credentials
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirects)

    def _call(
        self,
        method: str,
        path: str,
        *,
        statuses: Sequence[int],
        signed: bool,
        path_values: Mapping[str, Any],
        query_values: Mapping[str, Any],
        header_values: Mapping[str, Any],
        body: Any,
        content_type: Optional[str],
        headers: Optional[Mapping[str, str]],
        query: Optional[Mapping[str, QueryValue]],
        timeout: Optional[float],
    ) -> Answer[Any, Any]:
        sent = dict(self._headers)
        given = {name: _text(value) for name, value in header_values.items() if value is not None}
        for name, value in [*given.items(), *(headers or {}).items()]:
            _set(sent, name, value)
        if self._api_key is not None:
            _set(sent, "x-api-key", self._api_key)
        payload = None
        if body is not None:
            kind = content_type or _get(sent, "content-type") or "application/json"
            _set(sent, "content-type", kind)
            payload = _encode(body, kind)
        pairs = _pairs([*query_values.items(), *(query or {}).items()])
        url = self._invoke_url + _expand(path, path_values)
        if pairs:
            url += "?" + "&".join(f"{name}={value}" for name, value in pairs)
        if signed and self._credentials is not None:
            keys = self._credentials() if callable(self._credentials) else self._credentials
            _sign(sent, method, url, pairs, payload or b"", keys, self._region)
        request = urllib.request.Request(url, data=payload, headers=sent, method=method)
        try:
            response = self._opener.open(request, timeout=self._timeout if timeout is None else timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            status = response.getcode()
            answer = _decode(response.read(), response.headers)
        any_success = not any(200 <= declared <= 299 for declared in statuses)
        if status not in statuses and not (any_success and 200 <= status <= 299):
            raise ApiError(f"{method} {path}", status, response.headers, answer)
        return Answer(status, response.headers, answer)


def _text(value: Any) -> str:
    """As JSON has them: true rather than True."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _get(headers: Mapping[str, str], name: str) -> Optional[str]:
    return next((value for known, value in headers.items() if known.lower() == name), None)


def _set(headers: Dict[str, str], name: str, value: str) -> None:
    for known in [known for known in headers if known.lower() == name.lower()]:
        del headers[known]
    headers[name] = value


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


def _pairs(query: Sequence[Tuple[str, Any]]) -> List[Tuple[str, str]]:
    pairs = []
    for name, value in query:
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(_quote(name), _quote(_text(one))) for one in values if one is not None]
    return pairs


def _expand(template: str, values: Mapping[str, Any]) -> str:
    """The path with its parameters in place; `{name+}` takes slashes."""
    path = template
    parts = []
    while path:
        before, brace, rest = path.partition("{")
        parts.append(urllib.parse.quote(before, safe="/:@!$&'()*+,;=~"))
        if not brace:
            break
        name, _, path = rest.partition("}")
        greedy = name.endswith("+")
        value = values.get(name.rstrip("+"))
        if value is None or value == "":
            raise TypeError(f"{template} needs {name}")
        segments = _text(value).split("/") if greedy else [_text(value)]
        if any(segment in (".", "..") for segment in segments):
            raise ValueError(f"{template}: {name} must not be . or .., which servers resolve")
        parts.append("/".join(_quote(segment) for segment in segments))
    return "".join(parts)


def _encode(body: Any, content_type: str) -> bytes:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, str) and "json" not in content_type.lower():
        return body.encode("utf-8")
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")


def _decode(raw: bytes, headers: Message) -> Any:
    kind = (headers.get("content-type") or "").split(";")[0].strip().lower()
    is_json = kind.endswith(("/json", "+json"))
    is_text = kind == "" or kind.startswith("text/") or kind.endswith(
        ("/xml", "+xml", "/javascript", "/yaml", "+yaml", "/x-www-form-urlencoded")
    )
    if not is_json and not is_text:
        return raw
    if not raw:
        return None
    try:
        text = raw.decode(headers.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return raw
    if not is_json:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sign(
    headers: Dict[str, str],
    method: str,
    url: str,
    pairs: Sequence[Tuple[str, str]],
    payload: bytes,
    keys: Credentials,
    region: str,
) -> None:
    """Signature Version 4 for execute-api (IAM User Guide, "Create a signed AWS API request")."""
    parts = urllib.parse.urlsplit(url)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    _set(headers, "Host", parts.netloc)
    _set(headers, "x-amz-date", date)
    signed = [("host", parts.netloc), ("x-amz-date", date)]
    if keys.session_token:
        _set(headers, "x-amz-security-token", keys.session_token)
        signed.append(("x-amz-security-token", keys.session_token))
    names = ";".join(name for name, _ in signed)
    canonical = "\n".join(
        [
            method,
            "/".join(_quote(segment) for segment in parts.path.split("/")),
            "&".join(f"{name}={value}" for name, value in sorted(pairs)),
            *(f"{name}:{value}" for name, value in signed),
            "",
            names,
            hashlib.sha256(payload).hexdigest(),
        ]
    )
    scope = f"{date[:8]}/{region}/execute-api/aws4_request"
    digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    key = f"AWS4{keys.secret_access_key}".encode("utf-8")
    for part in scope.split("/"):
        key = hmac.new(key, part.encode("utf-8"), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, digest])
    signature = hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()
    _set(
        headers,
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}",
    )
