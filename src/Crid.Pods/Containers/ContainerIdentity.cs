using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What names a container among all: two requests with equal identities are attempts at the same container.</summary>
internal sealed record ContainerIdentity(SandboxId Sandbox, ContainerMetadata Metadata);
