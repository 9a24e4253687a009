using Crid.Keeper.Protocol;

namespace Crid.Keeper.Tests;

public sealed class StateStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-keeper-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void ReadAll_WrittenEntry_IsTheSame()
    {
        using StateStore store = new(_directory);
        IoSettings io = new("/run/io", LogPath: null, MaxLineBytes: 100, Terminal: true, Stdin: true, StdinOnce: false) { Attachable = true, StdinClosed = true };
        ProcessExit exit = new("id", 4242, 137, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        KeptEntry written = new("id", "/run/pid", io)
        {
            Phase = KeptPhase.Exited,
            Pid = 4242,
            StartTimeTicks = 99,
            CommandPid = 7,
            CommandStartTimeTicks = 8,
            IsForgotten = true,
            Exit = exit,
        };

        store.Write(written);
        KeptEntry read = Assert.Single(store.ReadAll(FailOnUnreadable));

        Assert.Equal(new KeptProcess("id", 4242, 99, exit), read.ToKeptProcess());
        Assert.Equal(io, read.IoSettings);
        Assert.Equal((KeptPhase.Exited, "/run/pid", 7, 8ul, true), (read.Phase, read.PidFile, read.CommandPid, read.CommandStartTimeTicks, read.IsForgotten));
    }

    [Fact]
    public void ReadAll_FirstFormat_IsUnderstood()
    {
        using StateStore store = new(_directory);
        IoSettings io = new("/run/io", "/log", MaxLineBytes: 100, Terminal: false, Stdin: true, StdinOnce: true);
        store.Write(new KeptEntry("id", "/run/pid", io) { Phase = KeptPhase.Running, Pid = 4242, StartTimeTicks = 99 });
        byte[] bytes = File.ReadAllBytes($"{_directory}/id");
        // The first format has neither of the two settings, which lie before the mark of an exit.
        File.WriteAllBytes($"{_directory}/id", [1, .. bytes[1..^3], bytes[^1]]);

        KeptEntry read = Assert.Single(store.ReadAll(FailOnUnreadable));

        Assert.Equal(io, read.IoSettings);
        Assert.Equal(new KeptProcess("id", 4242, 99, Exit: null), read.ToKeptProcess());
    }

    [Fact]
    public void ReadAll_BrokenAndTemporaryFiles_AreToldOrRemoved()
    {
        using StateStore store = new(_directory);
        File.WriteAllBytes($"{_directory}/broken", [1, 2, 3]);
        File.WriteAllBytes($"{_directory}/.partial", [1]);
        List<string> unreadable = [];

        List<KeptEntry> entries = store.ReadAll((path, _) => unreadable.Add(path));

        Assert.Empty(entries);
        Assert.Equal([$"{_directory}/broken"], unreadable);
        Assert.False(File.Exists($"{_directory}/.partial"));
    }

    [Fact]
    public void Delete_UnknownId_IsAccepted()
    {
        using StateStore store = new(_directory);
        store.Write(new KeptEntry("id", "/run/pid", ioSettings: null));

        store.Delete("id");
        store.Delete("id");

        Assert.Empty(store.ReadAll(FailOnUnreadable));
    }

    private static void FailOnUnreadable(string path, Exception problem) => Assert.Fail($"{path}: {problem.Message}");
}
