using Crid.Core;

namespace Crid.Pods;

/// <summary>The containers of this node by id and by identity.</summary>
internal sealed class ContainerStore(IRecordTable<ContainerId, Container> table) : RecordStore<ContainerId, ContainerIdentity, Container>(table)
{
    protected override string Noun => "container";

    /// <summary>The containers of a sandbox, those in the making too.</summary>
    public IReadOnlyList<Container> Of(SandboxId sandbox) => [.. All.Where(container => container.SandboxId == sandbox)];

    protected override ContainerId IdOf(Container record) => record.Id;

    protected override ContainerIdentity NameOf(Container record) => record.Identity;

    protected override string TextOf(ContainerId id) => id.Value;

    protected override bool TryParseId(string text, out ContainerId id) => ContainerId.TryParse(text, out id);

    protected override bool IsListed(Container record) => record.IsListed;
}
