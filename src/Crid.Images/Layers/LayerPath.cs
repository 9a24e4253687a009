using System.Runtime.InteropServices;

namespace Crid.Images;

/// <summary>A name of an archive made canonical: no empty, <c>.</c> or <c>..</c> components, never above the root.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LayerPath
{
    private readonly byte[] _bytes;
    private readonly int _slash;

    private LayerPath(byte[] bytes)
    {
        _bytes = bytes;
        _slash = bytes.AsSpan().LastIndexOf((byte)'/');
    }

    /// <summary>True for the root of the layer.</summary>
    public bool IsRoot => _bytes.Length == 0;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> Parent => _slash < 0 ? [] : _bytes.AsSpan(0, _slash);

    public ReadOnlySpan<byte> Name => _bytes.AsSpan(_slash + 1);

    public static LayerPath Parse(ReadOnlySpan<byte> name)
    {
        byte[] result = new byte[name.Length];
        int length = 0;
        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name[range];
            if (component.SequenceEqual(".."u8))
            {
                length = Math.Max(0, result.AsSpan(0, length).LastIndexOf((byte)'/'));
            }
            else if (!component.IsEmpty && !component.SequenceEqual("."u8))
            {
                if (length > 0)
                {
                    result[length++] = (byte)'/';
                }

                component.CopyTo(result.AsSpan(length));
                length += component.Length;
            }
        }

        return new LayerPath(length == result.Length ? result : result[..length]);
    }
}
