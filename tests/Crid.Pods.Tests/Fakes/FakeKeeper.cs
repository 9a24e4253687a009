using Crid.Core;
using Crid.Keeper.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Crid.Pods.Tests;

/// <summary>The keeper of the fake machine as one daemon sees it.</summary>
internal sealed class FakeKeeper(Incarnation life) : IKeeper
{
    public event Action<ProcessExit>? Exited;

    /// <summary>Exits are not reported.</summary>
    public bool IsMute { get; set; }

    /// <summary>It can't be asked.</summary>
    public bool IsAway { get; set; }

    public bool HasListeners => Exited is not null;

    public void Raise(ProcessExit exit)
    {
        if (!IsMute)
        {
            Exited?.Invoke(exit);
        }
    }

    public Task<SpawnResult> CreateAsync(CreateRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the fake runtimes spawn by themselves");

    public Task<SpawnResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the fake runtimes spawn by themselves");

    public Task<SafeFileHandle?> AttachAsync(AttachRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CloseStdinAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) => life.StepAsync($"reopen {id}", () => { }, cancellationToken);

    public Task ForgetAsync(string id, CancellationToken cancellationToken) =>
        life.StepAsync("forget", () => life.Machine.Kept.Remove(id), cancellationToken);

    public Task<IReadOnlyList<KeptProcess>> ListAsync(CancellationToken cancellationToken) => IsAway
        ? Task.FromException<IReadOnlyList<KeptProcess>>(new CridException(ErrorKind.Unavailable, "the keeper is away"))
        : Task.FromResult<IReadOnlyList<KeptProcess>>(life.Look(() => life.Machine.Kept.Values.ToList()));
}
