namespace Crid.Pods.Tests;

/// <summary>The kernel of the fake machine.</summary>
internal sealed class FakeProcesses(Incarnation life) : IProcesses
{
    public IProcess? Open(int pid, ulong startTimeTicks) => life.Look(() =>
        life.Machine.Processes.Values.FirstOrDefault(process =>
            process.Pid == pid && process.StartTimeTicks == startTimeTicks && !process.Exited.IsCompleted) is FakeProcess process
            ? new FakePidfd(life, process)
            : null);

    public void KillTree(int pid, ulong startTimeTicks)
    {
        using IProcess? process = Open(pid, startTimeTicks);
        process?.Signal(9);
    }
}
