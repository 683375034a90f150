"""POST /adoptions: takes note of who wants which pet."""

import json
import time


def handler(event, context):
    try:
        request = json.loads(event["body"] or "")
        adopter, pet_id = request["adopter"], request["petId"]
    except (ValueError, KeyError, TypeError):
        return answer(400, {"message": 'expected {"petId": "1", "adopter": "Ada"}'})
    print(f"{adopter} wants to adopt pet {pet_id}")
    return answer(
        202,
        {
            "adoption": context.aws_request_id,
            "petId": pet_id,
            "adopter": adopter,
            "requestedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        },
    )


def answer(status, value):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(value),
    }
