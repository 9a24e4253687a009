namespace Crid.Runtimes;

/// <summary>A seccomp or AppArmor profile; <paramref name="LocalhostRef"/> is a file or profile name for kind Localhost.</summary>
public sealed record SecurityProfileSpec(ProfileKind Kind, string LocalhostRef);
