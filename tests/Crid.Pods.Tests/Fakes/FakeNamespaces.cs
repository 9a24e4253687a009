using Crid.Core;
using Crid.Linux;

namespace Crid.Pods.Tests;

/// <summary>Pinned namespaces of the fake machine.</summary>
internal sealed class FakeNamespaces(Incarnation life) : INamespaces
{
    private readonly HashSet<SandboxId> _pinned = life.Machine.Namespaces;

    public List<NamespaceRequest> Requests { get; } = [];

    public bool IsPrepared { get; private set; }

    public void Prepare() => IsPrepared = true;

    public async Task<NamespacePaths> CreateAsync(NamespaceRequest request, CancellationToken cancellationToken)
    {
        await life.StepAsync(
            "pin",
            () =>
            {
                Assert.True(IsPrepared);
                Requests.Add(request);
                if (request.Network || request.Ipc)
                {
                    _pinned.Add(request.Id);
                }
            },
            cancellationToken);
        return Get(request.Id);
    }

    public NamespacePaths Get(SandboxId id)
    {
        bool pinned = life.Look(() => _pinned.Contains(id));
        string directory = Lab.Directories.SandboxNamespaces(id);
        return pinned
            ? new NamespacePaths($"{directory}/net", $"{directory}/ipc", $"{directory}/uts")
            : new NamespacePaths(null, null, null);
    }

    public void Remove(SandboxId id) => life.Step("unpin", () => _pinned.Remove(id));

    public IReadOnlyList<SandboxId> List() => life.Look(() => _pinned.ToList());
}
