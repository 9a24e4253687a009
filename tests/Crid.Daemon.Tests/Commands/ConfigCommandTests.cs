using System.CommandLine;

namespace Crid.Daemon.Tests;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Default_Printed_IsTheDefaultFile()
    {
        int status = await RunAsync("default");

        Assert.Equal(0, status);
        Assert.Equal(ConfigurationWriter.WriteDefault(), _output.ToString());
    }

    [Fact]
    public async Task Check_GoodFile_SaysSo()
    {
        string file = _directory.Write("good.toml", "[log]\nlevel = \"debug\"");

        int status = await RunAsync("check", file);

        Assert.Equal(0, status);
        Assert.Equal($"{file}: ok\n", _output.ToString());
    }

    [Fact]
    public async Task Check_BadFile_ListsEveryErrorAndFails()
    {
        string file = _directory.Write("bad.toml", "[log]\nlevle = \"debug\"\nformat = \"xml\"");

        int status = await RunAsync("check", file);

        Assert.Equal(1, status);
        Assert.Equal(
            [
                $"{file}:2: log.levle: unknown key; did you mean log.level?",
                $"{file}:3: log.format: expected one of \"text\", \"json\", found \"xml\"",
            ],
            _error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Check_PolicyThatAsksForGpg_FailsAndNamesIt()
    {
        string policy = _directory.Write("policy.json", """{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]}""");
        string file = _directory.Write("crid.toml", $"[images]\nsignature_policy = \"{policy}\"");

        int status = await RunAsync("check", file);

        Assert.Equal(1, status);
        Assert.Equal($"signature policy '{policy}': the policy asks for a signature by GPG (signedBy), which crid can't check\n", _error.ToString());
    }

    [Fact]
    public async Task Dump_OfAFile_HasItsValues()
    {
        string file = _directory.Write("c.toml", "[pods]\nkill_timeout = \"7s\"");

        int status = await RunAsync("dump", "--config", file);

        Assert.Equal(0, status);
        Assert.Contains($"kill_timeout = \"7s\"  # {file}:2\n", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments) =>
        ConfigCommand.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = _output, Error = _error });
}
