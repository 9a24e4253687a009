namespace Crid.Keeper.Tests;

public sealed class RequestRulesTests
{
    [Theory]
    [InlineData("0123abcd", true)]
    [InlineData("a.b_c-D", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData(".hidden", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    [InlineData("a b", false)]
    public void IsId_OnlyFileNames_AreIds(string id, bool expected) => Assert.Equal(expected, RequestRules.IsId(id));
}
