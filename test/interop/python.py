"""Does on behalf of a test what the official Python SDK does: steps as JSON on stdin, their results as JSON on stdout."""

import asyncio
import base64
import json
import sys

from aleph.sdk.chains.ethereum import ETHAccount
from aleph.sdk.client import AuthenticatedAlephHttpClient


async def main() -> list:
    task = json.load(sys.stdin)
    account = ETHAccount(bytes.fromhex(task["key"]))
    results = []
    async with AuthenticatedAlephHttpClient(account=account, api_server=task["node"]) as client:
        for step in task["steps"]:
            results.append(await do(step, account, client))
    return results


async def do(step: dict, account: ETHAccount, client: AuthenticatedAlephHttpClient):
    name = step["do"]
    if name == "encrypt":
        return base64.b64encode(await account.encrypt(step["text"].encode())).decode()
    if name == "decrypt":
        return (await account.decrypt(base64.b64decode(step["data"]))).decode()
    if name == "post":
        message, status = await client.create_post(
            post_content=step["content"], post_type=step["type"], channel=step["channel"], sync=True
        )
        return {"item_hash": str(message.item_hash), "status": str(status.value)}
    if name == "read":
        message = await client.get_message(step["item_hash"])
        return {"sender": str(message.sender), "content": message.content.content}
    raise ValueError(name)


print(json.dumps(asyncio.run(main())))
