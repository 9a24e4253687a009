namespace Crid.Streaming.Tests;

public sealed class StreamingRequestsTests
{
    private readonly StreamingRequests _requests = new(TimeProvider.System) { BaseAddress = "http://127.0.0.1:1" };
    private readonly PortStreamingRequest _request = new(new PortForwardTarget("x", static (_, _) => throw new NotSupportedException()), [80]);

    [Fact]
    public void Take_UrlOfARequest_GivesItOnce()
    {
        string url = _requests.Add(_request);

        string path = new Uri(url).AbsolutePath;
        Assert.StartsWith("http://127.0.0.1:1/portforward/", url, StringComparison.Ordinal);
        Assert.Same(_request, _requests.Take(path));
        Assert.Null(_requests.Take(path));
    }

    [Fact]
    public void Take_TokenOfAnotherKind_IsUsedUp()
    {
        string path = new Uri(_requests.Add(_request)).AbsolutePath;

        Assert.Null(_requests.Take(path.Replace("portforward", "exec", StringComparison.Ordinal)));
        Assert.Null(_requests.Take(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/exec")]
    [InlineData("/exec/")]
    [InlineData("/portforward/nothing")]
    [InlineData("/portforward/a/b")]
    public void Take_OtherPaths_GiveNothing(string path)
    {
        _requests.Add(_request);

        Assert.Null(_requests.Take(path));
    }
}
