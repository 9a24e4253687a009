using System.Runtime.InteropServices;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Chooses the image of an index that fits this machine.</summary>
internal static class HostPlatform
{
    private static readonly string Architecture = RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        System.Runtime.InteropServices.Architecture.LoongArch64 => "loong64",
        System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64le",
        System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
        System.Runtime.InteropServices.Architecture.S390x => "s390x",
        _ => "arm",
    };

    /// <exception cref="CridException">NotFound: the index has no image for this machine.</exception>
    public static Descriptor Choose(ImageIndex index) => Choose(index, Architecture);

    /// <summary>Chooses for a machine of another architecture.</summary>
    public static Descriptor Choose(ImageIndex index, string architecture)
    {
        foreach (string? variant in VariantsOf(architecture))
        {
            Descriptor? match = index.Manifests.FirstOrDefault(entry => entry.Platform is { } platform && platform.Os == "linux"
                && platform.Architecture == architecture && (string.IsNullOrEmpty(platform.Variant) ? null : platform.Variant) == variant);
            if (match is not null)
            {
                return match;
            }
        }

        // An entry that names no platform is the last resort; its config tells.
        return index.Manifests.FirstOrDefault(static entry => entry.Platform is null)
            ?? throw new OtherPlatformException(ErrorKind.NotFound, $"the image has no variant for linux/{architecture}: it has {FormatPlatforms(index)}");
    }

    /// <summary>Whether an entry of an index may be for this machine; one that names no platform may.</summary>
    public static bool MayFit(Platform? platform) => platform is null || Fits(platform.Os, platform.Architecture);

    /// <exception cref="CridException">InvalidArgument: the image is for other machines.</exception>
    public static void Check(ImageConfig config)
    {
        if (!Fits(config.Os, config.Architecture))
        {
            throw new OtherPlatformException(ErrorKind.InvalidArgument, $"the image is for {config.Os}/{config.Architecture}, this machine is linux/{Architecture}");
        }
    }

    private static bool Fits(string? os, string? architecture) =>
        (string.IsNullOrEmpty(os) || os == "linux") && (string.IsNullOrEmpty(architecture) || architecture == Architecture);

    // Variants that every machine of the architecture runs, best first; null stands for none named.
    private static string?[] VariantsOf(string architecture) => architecture switch
    {
        "amd64" => [null, "v1"],
        "arm64" => ["v8", null],
        "arm" => ["v7", null, "v6", "v5"],
        _ => [null],
    };

    private static string FormatPlatforms(ImageIndex index) =>
        string.Join(", ", index.Manifests.Select(static entry => $"{entry.Platform?.Os}/{entry.Platform?.Architecture}").Distinct().Take(10));
}
