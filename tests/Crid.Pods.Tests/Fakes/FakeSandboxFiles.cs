using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>Sandbox directories of the fake machine.</summary>
internal sealed class FakeSandboxFiles(Incarnation life) : ISandboxFiles
{
    private readonly Machine _machine = life.Machine;

    public void Create(SandboxSpec spec, SandboxEnvironment environment) => life.Step(
        "make sandbox files",
        () =>
        {
            _machine.SandboxDirectories.Add(environment.Id);
            _machine.SharedMemoryMounts.Add(environment.Id);
        });

    public void WriteHosts(SandboxEnvironment environment, IReadOnlyList<string> addresses) => life.Step("write hosts", () => { });

    public void Unmount(SandboxId id) => life.Step("unmount shm", () => _machine.SharedMemoryMounts.Remove(id));

    public void Delete(SandboxId id) => life.Step(
        "delete sandbox files",
        () =>
        {
            _machine.SharedMemoryMounts.Remove(id);
            _machine.SandboxDirectories.Remove(id);
        });

    public IReadOnlyList<SandboxId> List() => life.Look(() => _machine.SandboxDirectories.ToList());
}
