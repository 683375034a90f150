"""The Python runtime of functions: loads the handler, then takes invocations from the gateway, one at a time, over the
runtime link (link-connection.ts tells its messages). Runs on Python 3.8 and later, with the standard library alone."""

import importlib
import io
import json
import logging
import os
import socket
import struct
import sys
import time
import traceback

# The function finds no more in its environment than it does on AWS.
KEY, _, PLACE = os.environ.pop("GATEHOUSE_RUNTIME_LINK").partition("@")
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
JSON_LOG = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

request_id = None


# Output: counted, so that the gateway knows when it has read all that belongs to an invocation.


class CountedFile(io.FileIO):
    printed = 0

    def write(self, data):
        written = super().write(data)
        CountedFile.printed += written or 0
        return written


def counted(descriptor):
    raw = CountedFile(descriptor, "w", closefd=False)
    # Raw files may write less than they are given; the buffer between sees to the rest.
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)


def flush_output():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def to_json(value):
    return json.dumps(value, ensure_ascii=False, default=not_json)


def not_json(value):
    # Numbers of DynamoDB.
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


class RequestFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id or ""
        return True


class OneLine(logging.StreamHandler):
    """One event of the log is one line: further lines are told apart by carriage returns."""

    def emit(self, record):
        try:
            sys.stdout.write(self.format(record).rstrip("\n").replace("\n", "\r") + "\n")
        except Exception:
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    def format(self, record):
        event = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if request_id:
            event["requestId"] = request_id
        if record.exc_info:
            kind, value, trace = record.exc_info
            event.update(
                errorType=kind.__name__, errorMessage=str(value), stackTrace=traceback.format_tb(trace)
            )
        return json.dumps(event, ensure_ascii=False, default=str)


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = OneLine()
    handler.addFilter(RequestFilter())
    handler.setFormatter(
        JsonFormatter()
        if JSON_LOG
        else logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    )
    logging.getLogger().addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"):
        logging.getLogger().setLevel(level)


def log_error(error):
    if JSON_LOG:
        line = json.dumps({"log_level": "ERROR", **error}, ensure_ascii=False)
    else:
        lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"]), "Traceback (most recent call last):"]
        for entry in error["stackTrace"]:
            for text in entry.splitlines():
                body = text.lstrip(" ")
                # No-break spaces, because logs lose plain ones at the start of a line.
                lines.append("\u00a0" * (len(text) - len(body)) + body)
        line = "\r".join(lines)
    sys.stdout.write(line + "\n")


# The connection to the gateway.

HELLO, NEXT, ANSWER, ERROR, INIT_ERROR = 1, 2, 3, 4, 5
HEAD = struct.Struct("<IBBHd")
WORK_HEAD = struct.Struct("<II")


class Link:
    def __init__(self):
        if PLACE.isdigit():
            self.socket = socket.create_connection(("127.0.0.1", int(PLACE)))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(PLACE)
        self.pending = b""
        self.send(HELLO, KEY.encode("latin-1"), False)

    def send(self, kind, content, wants_work):
        """Sends a message, perhaps with the wish for the next invocation."""
        flush_output()
        try:
            self.socket.sendall(HEAD.pack(len(content), kind, wants_work, 0, CountedFile.printed) + content)
        except OSError:
            gone()

    def receive(self):
        """The next invocation: fields and event; no fields when it is a receipt."""
        fields, event = WORK_HEAD.unpack(self.take(WORK_HEAD.size))
        message = self.take(fields + event)
        return message[:fields].decode("latin-1").split("\n"), message[fields:]

    def take(self, length):
        pending = self.pending
        if len(pending) < length:
            parts = [pending]
            missing = length - len(pending)
            while missing > 0:
                try:
                    part = self.socket.recv(65536)
                except OSError:
                    gone()
                if not part:
                    gone()
                parts.append(part)
                missing -= len(part)
            pending = b"".join(parts)
        self.pending = pending[length:]
        return pending[:length]


def gone():
    """Without the gateway there is nothing to live for, and nobody who would end this process."""
    os._exit(1)


# The context object.


class Fields:
    def __init__(self, names, values):
        for name, key in names.items():
            setattr(self, name, (values or {}).get(key))


IDENTITY = {"cognito_identity_id": "cognitoIdentityId", "cognito_identity_pool_id": "cognitoIdentityPoolId"}
CLIENT = {name: name for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")}


class LambdaContext:
    def __init__(self, identifier, deadline_ms, invoked_arn, client_context):
        environment = os.environ.get
        self.aws_request_id = identifier
        self.log_group_name = environment("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invoked_arn
        self.tenant_id = None
        self.client_context = None
        if client_context is not None:
            given = json.loads(client_context)
            self.client_context = Fields({"custom": "custom", "env": "env"}, given)
            client = given.get("client")
            self.client_context.client = None if client is None else Fields(CLIENT, client)
        self.identity = Fields(IDENTITY, None)
        self._deadline_ms = deadline_ms

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


# Loading the handler: `folder/module.function` or `package.module.function`.


class Fault(Exception):
    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = list(trace)


def load(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        raise Fault(
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module '%s': %s" % (module_name, error),
            ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)],
        )
    if not hasattr(module, function_name):
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return getattr(module, function_name)


def failure(identifier):
    """The exception being handled, as callers get it."""
    kind, value, trace = sys.exc_info()
    if isinstance(value, Fault):
        return make_error(value.message, value.error_type, value.trace, identifier)
    frames = traceback.extract_tb(trace)
    own = [at for at, frame in enumerate(frames) if frame.filename == __file__]
    frames = frames[own[-1] + 1 :] if own else frames
    # Older and newer Pythons print frames differently: the plain form is AWS's.
    plain = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in frames]
    return make_error(str(value), kind.__name__, traceback.format_list(plain), identifier)


def make_error(message, error_type, trace, identifier):
    return {"errorMessage": message, "errorType": error_type, "requestId": identifier, "stackTrace": trace}


def main():
    global request_id
    sys.stdout = counted(1)
    sys.stderr = counted(2)
    sys.path[0] = TASK_ROOT
    set_up_logging()
    link = Link()
    try:
        handler = load(os.environ["_HANDLER"])
    except SystemExit:
        raise
    except BaseException:
        error = failure("")
        log_error(error)
        link.send(INIT_ERROR, to_json(error).encode("utf-8"), False)
        link.receive()
        flush_output()
        os._exit(1)

    link.send(NEXT, b"", True)
    while True:
        (request_id, deadline_ms, invoked_arn, trace_id, *further), body = link.receive()
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
        error = None
        try:
            try:
                event = json.loads(body)
            except ValueError as problem:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % problem)
            client_context = further[0] if further else None
            result = handler(event, LambdaContext(request_id, int(deadline_ms), invoked_arn, client_context))
            try:
                answer = to_json(result).encode("utf-8")
            except Exception as problem:
                raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % problem)
        except Exception:
            error = failure(request_id)
        if error is None:
            link.send(ANSWER, answer, True)
        else:
            log_error(error)
            link.send(ERROR, to_json(error).encode("utf-8"), True)


main()
