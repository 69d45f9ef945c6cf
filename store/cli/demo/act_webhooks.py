async def webhooks(stage):
    pass
