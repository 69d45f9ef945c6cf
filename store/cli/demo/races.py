async def races(stage):
    pass
