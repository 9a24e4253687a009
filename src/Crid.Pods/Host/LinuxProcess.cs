using Crid.Linux;

namespace Crid.Pods;

/// <summary>A process of this machine that is held by a pidfd.</summary>
internal sealed class LinuxProcess : IProcess
{
    private readonly ProcessHandle _handle;

    public LinuxProcess(ProcessHandle handle, EventLoop loop)
    {
        _handle = handle;
        Exited = handle.WaitForExitAsync(loop, CancellationToken.None);
    }

    public Task Exited { get; }

    public int? FindExitStatus() => _handle.FindExitStatus();

    public void Signal(int signal) => _handle.SendSignal(signal);

    public void Dispose() => _handle.Dispose();
}
