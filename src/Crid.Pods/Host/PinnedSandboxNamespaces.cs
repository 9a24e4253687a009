using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>The namespaces that this machine pins.</summary>
internal sealed class PinnedSandboxNamespaces(PinnedNamespaces pinned) : INamespaces
{
    public void Prepare() => pinned.Prepare();

    public Task<NamespacePaths> CreateAsync(NamespaceRequest request, CancellationToken cancellationToken) =>
        pinned.CreateAsync(request, cancellationToken);

    public NamespacePaths Get(SandboxId id) => pinned.Get(id);

    public void Remove(SandboxId id) => pinned.Remove(id);

    public IReadOnlyList<SandboxId> List() => pinned.List();
}
