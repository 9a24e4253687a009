using System.Text;
using Crid.Keeper.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes.Tests;

/// <summary>A keeper whose runtimes do what a test says.</summary>
internal sealed class FakeKeeper : IKeeper
{
    public event Action<ProcessExit>? Exited;

    public List<CreateRequest> Creates { get; } = [];

    public List<ExecRequest> Execs { get; } = [];

    public List<string> Forgotten { get; } = [];

    public Func<CreateRequest, SpawnResult> OnCreate { get; set; } = static _ => new SpawnResult(0, 42, 7);

    public Func<ExecRequest, SpawnResult> OnExec { get; set; } = static _ => new SpawnResult(0, int.MaxValue, 7);

    public Task<SpawnResult> CreateAsync(CreateRequest request, CancellationToken cancellationToken)
    {
        Creates.Add(request);
        return Task.FromResult(OnCreate(request));
    }

    /// <summary>No runtime returns from an exec before this does.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public async Task<SpawnResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        Execs.Add(request);
        await Held;
        return OnExec(request);
    }

    public Task<SafeFileHandle?> AttachAsync(AttachRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CloseStdinAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        Forgotten.Add(id);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<KeptProcess>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Exit(string id, int status) => Exited?.Invoke(new ProcessExit(id, int.MaxValue, status, DateTimeOffset.UnixEpoch));

    public static void Write(SafeFileHandle? file, string text) =>
        Crid.Linux.FileAt.Write(file!, Encoding.UTF8.GetBytes(text));
}
