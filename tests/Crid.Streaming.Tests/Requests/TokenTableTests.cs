using Crid.Core;
using Crid.Testing;

namespace Crid.Streaming.Tests;

public sealed class TokenTableTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void TryTake_Twice_WorksOnce()
    {
        TokenTable<string> table = new(_time);
        string token = table.Add("a");

        Assert.True(table.TryTake(token, out string? request));
        Assert.Equal("a", request);
        Assert.False(table.TryTake(token, out _));
        Assert.False(table.TryTake("", out _));
    }

    [Fact]
    public void TryTake_AfterAMinute_Fails()
    {
        TokenTable<string> table = new(_time);
        string early = table.Add("a");
        string late = table.Add("b");

        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(table.TryTake(early, out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(table.TryTake(late, out _));
    }

    [Fact]
    public void Add_FullTable_ThrowsUntilTokensExpire()
    {
        TokenTable<int> table = new(_time);
        HashSet<string> tokens = [.. Enumerable.Range(0, TokenTable<int>.Capacity).Select(table.Add)];

        CridException full = Assert.Throws<CridException>(() => table.Add(0));
        _time.Advance(TimeSpan.FromSeconds(61));
        string token = table.Add(7);

        Assert.Equal(ErrorKind.ResourceExhausted, full.Kind);
        Assert.Equal(TokenTable<int>.Capacity, tokens.Count);
        Assert.True(table.TryTake(token, out int request));
        Assert.Equal(7, request);
        Assert.All(tokens, static text => Assert.Matches("^[A-Za-z0-9_-]{22}$", text));
    }
}
