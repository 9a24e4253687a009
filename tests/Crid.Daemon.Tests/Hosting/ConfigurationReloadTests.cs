using Crid.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Daemon.Tests;

public sealed class ConfigurationReloadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LogLevelSwitch _levels = new(LogLevel.Information);
    private readonly ConfigurationReload _reload;
    private readonly string _path;

    public ConfigurationReloadTests()
    {
        _path = _directory.Write("config.toml", "[log]\nlevel = \"info\"\n");
        _reload = new ConfigurationReload(_path, ConfigurationLoader.Load(_path).Options, _levels, TimeProvider.System, NullLogger.Instance);
    }

    public void Dispose()
    {
        _reload.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Reload_LogLevel_IsInForce()
    {
        File.WriteAllText(_path, "[log]\nlevel = \"debug\"\n");

        ConfigurationChanges changes = _reload.Reload();

        Assert.Equal(["log.level"], changes.Applied);
        Assert.Empty(changes.NeedRestart);
        Assert.Equal(LogLevel.Debug, _levels.Level);
    }

    [Fact]
    public void Reload_OtherKeys_NeedARestartUntilTheyAreBack()
    {
        File.WriteAllText(_path, "[pods]\nkill_timeout = \"7s\"\n[runtimes.handlers.kata]\npath = \"/opt/kata\"\n");

        ConfigurationChanges changes = _reload.Reload();

        Assert.Contains("pods.kill_timeout", changes.NeedRestart);
        Assert.Contains("runtimes.handlers.kata.path", changes.NeedRestart);
        Assert.Equal(changes.NeedRestart, _reload.Pending);
        Assert.True(_reload.Reload().IsEmpty);
        File.WriteAllText(_path, "");
        _reload.Reload();
        Assert.Empty(_reload.Pending);
    }

    [Fact]
    public void Reload_Mistake_ChangesNothing()
    {
        File.WriteAllText(_path, "[log]\nlevel = \"debug\"\ncolour = 1\n");

        CridException error = Assert.Throws<CridException>(() => _reload.Reload());

        Assert.Contains("colour", error.Message, StringComparison.Ordinal);
        Assert.Equal(LogLevel.Information, _levels.Level);
    }

    [Fact]
    public async Task Start_FilesAndDropInsChange_IsNoticed()
    {
        _reload.Start();

        File.WriteAllText(_path, "[log]\nlevel = \"error\"\n");
        await BecomesAsync(LogLevel.Error);

        // The directory of drop-ins did not exist before.
        string dropIn = _directory.Write("config.toml.d/10-level.toml", "[log]\nlevel = \"warning\"\n");
        await BecomesAsync(LogLevel.Warning);
        File.WriteAllText(dropIn, "[log]\nlevel = \"trace\"\n");
        await BecomesAsync(LogLevel.Trace);
        File.Delete(dropIn);
        await BecomesAsync(LogLevel.Error);
    }

    [Theory]
    [InlineData("Crid.Pods", LogLevel.Information, true)]
    [InlineData("Crid.Pods", LogLevel.Debug, false)]
    [InlineData("Microsoft.AspNetCore", LogLevel.Information, false)]
    [InlineData("Grpc.AspNetCore", LogLevel.Warning, true)]
    public void IsEnabled_CategoryAndLevel_Decide(string category, LogLevel level, bool expected) =>
        Assert.Equal(expected, _levels.IsEnabled(category, level));

    private async Task BecomesAsync(LogLevel level)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (_levels.Level != level)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"the change to {level} was not noticed");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
