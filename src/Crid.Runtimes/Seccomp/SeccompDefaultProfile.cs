using System.Text.Json;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>
/// The profile that RuntimeDefault stands for: what is not listed fails with EPERM, and what a capability is needed for is allowed where the
/// container has that capability.
/// </summary>
internal static class SeccompDefaultProfile
{
    private const string Resource = "Crid.Runtimes.Seccomp.default-profile.json";
    private static readonly Lazy<IReadOnlyList<SeccompRule>> Rules = new(Load);

    public static OciSeccomp For(CpuArchitecture architecture, IReadOnlyList<string> capabilities) => new()
    {
        DefaultAction = "SCMP_ACT_ERRNO",
        Architectures = architecture == CpuArchitecture.Amd64
            ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
            : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
        Syscalls = [.. Rules.Value.Where(rule => rule.CountsFor(architecture, capabilities)).Select(static rule => rule.ToOci())],
    };

    private static IReadOnlyList<SeccompRule> Load()
    {
        using Stream stream = typeof(SeccompDefaultProfile).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"resource '{Resource}' is missing");
        return JsonSerializer.Deserialize(stream, SeccompJson.Default.SeccompRules)!.Rules;
    }
}
