using Crid.Linux;

namespace Crid.Pods;

/// <summary>Processes of this machine by pidfd.</summary>
internal sealed class LinuxProcesses(EventLoop loop) : IProcesses
{
    public IProcess? Open(int pid, ulong startTimeTicks) =>
        ProcessHandle.Open(pid, startTimeTicks) is ProcessHandle handle ? new LinuxProcess(handle, loop) : null;

    public void KillTree(int pid, ulong startTimeTicks) => ProcessTree.Kill(pid, startTimeTicks);
}
