namespace Crid.Linux.Tests;

public sealed class OutOfMemoryScoreTests
{
    [Fact]
    public void TrySet_Child_HasItThen()
    {
        int pid = ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/sleep", Arguments = ["sleep", "60"] });
        try
        {
            bool set = OutOfMemoryScore.TrySet(pid, 987);

            Assert.True(set);
            Assert.Equal(987, OutOfMemoryScore.Find(pid));
        }
        finally
        {
            ChildProcesses.SendSignal(pid, SignalNames.Kill);
            using ProcessHandle handle = ProcessHandle.Open(pid);
            SpinWait.SpinUntil(() => handle.TryReap() is not null);
        }
    }

    [Fact]
    public void TrySet_NoSuchProcess_IsFalse()
    {
        Assert.False(OutOfMemoryScore.TrySet(0x3FFFFFFF, 0));
        Assert.Null(OutOfMemoryScore.Find(0x3FFFFFFF));
    }
}
