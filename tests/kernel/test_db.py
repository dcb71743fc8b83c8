from storefront.kernel import db


async def test_x(database: str) -> None:
    async with db.tx():
        await db.execute("INSERT INTO command (scope, key, at) VALUES (?, ?, ?)", "a", "b", 1)
    assert len(await db.rows("SELECT * FROM command")) == 1
async def test_y(database: str) -> None:
    async with db.tx():
        await db.execute("INSERT INTO command (scope, key, at) VALUES (?, ?, ?)", "a", "b", 1)
    assert len(await db.rows("SELECT * FROM command")) == 1

async def test_z(browser) -> None:
    p= await browser.new_page()
    await p.set_content("<h1>hi</h1>")
    assert await p.inner_text("h1") == "hi"
