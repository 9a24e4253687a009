namespace Crid.Pods.Tests;

/// <summary>A process of the fake machine as one daemon holds it: a daemon that was killed sends no signals any more.</summary>
internal sealed class FakePidfd(Incarnation life, FakeProcess process) : IProcess
{
    public Task Exited => process.Exited;

    public int? FindExitStatus() => process.FindExitStatus();

    public void Signal(int signal)
    {
        if (!life.HasCrashed)
        {
            process.Signal(signal);
        }
    }

    public void Dispose()
    {
    }
}
