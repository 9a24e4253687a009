namespace Crid.Daemon.Tests;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_OfTwoTexts_CountsEdits(string left, string right, int expected)
    {
        Assert.Equal(expected, NearestName.Distance(left, right));
        Assert.Equal(expected, NearestName.Distance(right, left));
    }

    [Fact]
    public void Find_SeveralCandidates_TakesTheNearest() =>
        Assert.Equal("level", NearestName.Find("levle", ["lever", "level", "format"]));

    [Fact]
    public void Find_NothingNear_IsNull() => Assert.Null(NearestName.Find("something", ["level", "format"]));
}
