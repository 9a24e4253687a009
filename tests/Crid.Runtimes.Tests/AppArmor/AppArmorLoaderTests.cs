using System.Text;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Runtimes.Tests;

public sealed class AppArmorLoaderTests : IDisposable
{
    private static readonly SecuritySpec Default = new() { AppArmor = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "") };
    private static readonly HostFacts Host = TestRequests.Host with { AppArmor = true };

    private readonly string _directory = Directory.CreateTempSubdirectory("aa-").FullName;
    private readonly FakePrograms _programs = new();
    private readonly FakeHostFiles _files = new();
    private readonly AppArmorLoader _loader;

    public AppArmorLoaderTests()
    {
        File.WriteAllBytes(Parser, []);
        _programs.OnRun = _ =>
        {
            _files.LoadedProfiles.Add("crid-default");
            return new ProgramResult(0, [], []);
        };
        _loader = new AppArmorLoader(_programs, _files, ProfilePath, [$"{_directory}/nowhere", _directory], NullLogger.Instance);
    }

    private string Parser => $"{_directory}/apparmor_parser";

    private string ProfilePath => $"{_directory}/profile";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task EnsureAsync_ProfileIsMissing_LoadsItOnce()
    {
        await EnsureAsync(Default);
        await EnsureAsync(Default);

        ProgramRequest request = Assert.Single(_programs.Requests);
        Assert.Equal(Parser, request.Path);
        Assert.Equal(["-Kr", ProfilePath], request.Arguments);
        string profile = await File.ReadAllTextAsync(ProfilePath, TestContext.Current.CancellationToken);
        Assert.Contains("\nprofile crid-default ", profile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureAsync_NothingIsSaidOfAppArmor_LoadsItToo()
    {
        await EnsureAsync(new SecuritySpec());

        Assert.Single(_programs.Requests);
        Assert.Contains("crid-default", _files.LoadedProfiles);
    }

    [Fact]
    public async Task EnsureAsync_NothingIsSaidAndItCantBeLoaded_GoesOnAndIsTriedAgainOnlyForThoseThatAsk()
    {
        _programs.OnRun = static _ => new ProgramResult(1, [], Encoding.UTF8.GetBytes("Access denied\n"));

        await EnsureAsync(new SecuritySpec());
        await EnsureAsync(new SecuritySpec());
        await Assert.ThrowsAsync<CridException>(() => EnsureAsync(Default));

        Assert.Equal(2, _programs.Requests.Count);
    }

    [Fact]
    public async Task EnsureAsync_SeveralAtOnce_ShareTheAttempt()
    {
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _programs.Held = held.Task;
        using CancellationTokenSource leaving = new();

        Task first = _loader.EnsureAsync(Default, Host, leaving.Token);
        Task second = EnsureAsync(Default);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.SetResult();
        await second;

        Assert.Single(_programs.Requests);
    }

    [Fact]
    public async Task EnsureAsync_ProgramIsNotInstalled_SaysSoUntilItIs()
    {
        File.Delete(Parser);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => EnsureAsync(Default));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("apparmor_parser is not installed", exception.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Parser, [], TestContext.Current.CancellationToken);
        await EnsureAsync(Default);
        Assert.Single(_programs.Requests);
    }

    [Fact]
    public async Task EnsureAsync_ProgramFails_TellsItsLastWords()
    {
        _programs.OnRun = static _ => new ProgramResult(1, [], Encoding.UTF8.GetBytes("a warning\nAccess denied\n"));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => EnsureAsync(Default));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Equal("load AppArmor profile 'crid-default': Access denied", exception.Message);
    }

    [Fact]
    public async Task EnsureAsync_ProfileIsNotWantedOrThere_RunsNothing()
    {
        await EnsureAsync(new SecuritySpec { Privileged = true });
        await EnsureAsync(Default with { Privileged = true });
        await EnsureAsync(Default with { AppArmor = new SecurityProfileSpec(ProfileKind.Unconfined, "") });
        await EnsureAsync(Default with { AppArmor = new SecurityProfileSpec(ProfileKind.Localhost, "localhost/web") });
        await _loader.EnsureAsync(Default, TestRequests.Host, TestContext.Current.CancellationToken);
        _files.LoadedProfiles.Add("crid-default");
        await EnsureAsync(Default);

        Assert.Empty(_programs.Requests);
    }

    private Task EnsureAsync(SecuritySpec security) => _loader.EnsureAsync(security, Host, TestContext.Current.CancellationToken);
}
