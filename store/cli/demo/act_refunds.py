async def bought_elsewhere(stage):
    pass


async def last_day(stage):
    pass
