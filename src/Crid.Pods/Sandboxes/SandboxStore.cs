using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The sandboxes of this node by id and by identity.</summary>
internal sealed class SandboxStore(IRecordTable<SandboxId, Sandbox> table) : RecordStore<SandboxId, SandboxMetadata, Sandbox>(table)
{
    protected override string Noun => "sandbox";

    protected override SandboxId IdOf(Sandbox record) => record.Id;

    protected override SandboxMetadata NameOf(Sandbox record) => record.Spec.Metadata;

    protected override string TextOf(SandboxId id) => id.Value;

    protected override bool TryParseId(string text, out SandboxId id) => SandboxId.TryParse(text, out id);

    protected override bool IsListed(Sandbox record) => record.IsListed;
}
