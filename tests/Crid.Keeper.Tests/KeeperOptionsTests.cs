using Microsoft.Extensions.Logging;

namespace Crid.Keeper.Tests;

public sealed class KeeperOptionsTests
{
    [Fact]
    public void Parse_Nothing_IsTheDefault() => Assert.Equal(new KeeperOptions("/run/crid", LogLevel.Information), KeeperOptions.Parse([], out _));

    [Fact]
    public void Parse_BothOptions_AreTaken()
    {
        KeeperOptions? options = KeeperOptions.Parse(["--run-directory", "/run/x/", "--log-level", "debug"], out string? problem);

        Assert.Null(problem);
        Assert.Equal(new KeeperOptions("/run/x", LogLevel.Debug), options);
    }

    [Theory]
    [InlineData("unknown argument '--nope'", "--nope")]
    [InlineData("unknown argument '--nope'", "--nope", "x")]
    [InlineData("--log-level needs a value", "--log-level")]
    [InlineData("'loud' is not a log level", "--log-level", "loud")]
    [InlineData("'run' is not an absolute path", "--run-directory", "run")]
    public void Parse_Nonsense_SaysWhat(string expected, params string[] arguments)
    {
        KeeperOptions? options = KeeperOptions.Parse(arguments, out string? problem);

        Assert.Null(options);
        Assert.Equal(expected, problem);
    }
}
