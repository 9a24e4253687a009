using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>The pinned namespaces of sandboxes.</summary>
public interface INamespaces
{
    /// <summary>Makes the place where namespaces are pinned ready; called once before anything else, repeatable.</summary>
    void Prepare();

    /// <summary>Makes, sets up and pins the namespaces that the request names; after a failure nothing is left.</summary>
    /// <exception cref="CridException">InvalidArgument: a hostname or sysctl that is not acceptable.</exception>
    Task<NamespacePaths> CreateAsync(NamespaceRequest request, CancellationToken cancellationToken);

    /// <summary>Where the namespaces are pinned now; null for each that is not.</summary>
    NamespacePaths Get(SandboxId id);

    /// <summary>Unpins; accepts what is half made or does not exist.</summary>
    void Remove(SandboxId id);

    /// <summary>All sandboxes that have pinned or half-made namespaces.</summary>
    IReadOnlyList<SandboxId> List();
}
