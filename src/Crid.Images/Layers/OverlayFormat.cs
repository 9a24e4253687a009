namespace Crid.Images;

/// <summary>How overlay notes removals in a layer: the kernel's overlayfs.rst, "whiteouts and opaque directories".</summary>
internal static class OverlayFormat
{
    public static ReadOnlySpan<byte> OpaqueAttribute => "trusted.overlay.opaque"u8;

    public static ReadOnlySpan<byte> OpaqueValue => "y"u8;
}
