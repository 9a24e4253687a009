using System.Text;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Archives that mean harm, by name: the corpus of the tests of unpacking and the seeds of the mutations.</summary>
internal static class HostileLayers
{
    /// <summary>Archives that unpack, with everything confined to the layer.</summary>
    public static IReadOnlyDictionary<string, byte[]> Confined { get; } = new Dictionary<string, byte[]>(StringComparer.Ordinal)
    {
        ["parent-traversal"] = new TarBuilder().AddFile("../../../../../escape", "x").AddFile("a/../../../escape2", "x").Build(),
        ["absolute-name"] = new TarBuilder().AddFile("/escape", "x").AddDirectory("//etc//").AddFile("//etc//./passwd", "x").Build(),
        ["link-to-root"] = new TarBuilder().AddSymbolicLink("link", "/").AddFile("link/escape", "x").Build(),
        ["link-upwards"] = new TarBuilder().AddSymbolicLink("link", "../../../../..").AddFile("link/escape", "x").Build(),
        ["link-by-link"] = new TarBuilder().AddSymbolicLink("a", "b").AddSymbolicLink("b", "../..").AddFile("a/escape", "x").Build(),
        ["dev-link"] = new TarBuilder().AddSymbolicLink("dev", "/").AddFile("dev/escape", "x").AddDevice('3', "dev/null", 1, 3).Build(),
        ["link-swapped-for-directory"] = new TarBuilder().AddDirectory("d").AddSymbolicLink("d", "/").AddFile("d/escape", "x").Build(),
        ["dangling-link-as-directory"] = new TarBuilder().AddSymbolicLink("d", "/usr/x").AddDirectory("usr").AddDirectory("usr/x").AddFile("d/f", "x").Build(),
        ["file-over-link"] = new TarBuilder().AddSymbolicLink("f", "/etc/crid-escape").AddFile("f", "x").Build(),
        ["mode-through-link"] = new TarBuilder().AddSymbolicLink("f", "/etc").AddDirectory("f", mode: 0x1FF).Build(),
        ["hard-link-to-link"] = new TarBuilder().AddSymbolicLink("l", "/etc/passwd").AddHardLink("h", "l").AddFile("h", "x").Build(),
        ["hard-link-to-itself"] = new TarBuilder().AddFile("f", "x").AddHardLink("f", "f").Build(),
        ["duplicates"] = new TarBuilder().AddFile("f", "one").AddFile("f", "two").AddDirectory("f").AddFile("f/g", "x").AddFile("f", "three").Build(),
        ["name-of-newlines"] = new TarBuilder().AddPax("path", "a\nb\n30 path=other\n").AddFile("x", "x").Build(),
        ["name-of-no-encoding"] = new TarBuilder().AddEntry('0', [0xFF, 0xFE, (byte)'/', 0x80, (byte)'\n'], "x"u8.ToArray()).Build(),
        ["whiteout-of-own-file"] = new TarBuilder().AddFile("f", "x").AddFile(".wh.f", "").AddFile(".wh..wh..opq", "content").Build(),
        ["overlay-attributes"] = new TarBuilder()
            .AddPax(("SCHILY.xattr.trusted.overlay.redirect", "/etc"u8.ToArray()), ("SCHILY.xattr.user.overlay.opaque", "y"u8.ToArray())).AddDirectory("d").Build(),
        ["directory-with-content"] = new TarBuilder().AddEntry('0', "d/"u8.ToArray(), new TarBuilder().AddFile("../escape", "x").Build()).AddFile("d/f", "x").Build(),
        ["set-user-id"] = new TarBuilder().AddFile("sh", "x", mode: 0xDED).Build(),
        ["devices"] = new TarBuilder().AddDevice('4', "sda", 8, 0).AddDevice('3', "mem", 1, 1).Build(),
        ["deep-by-links"] = MakeDeep(),
    };

    /// <summary>Archives that are refused, with a part of the reason.</summary>
    public static IReadOnlyDictionary<string, (byte[] Archive, string Reason)> Refused { get; } = new Dictionary<string, (byte[], string)>(StringComparer.Ordinal)
    {
        ["hard-link-outside"] = (new TarBuilder().AddHardLink("h", "/etc/passwd").Build(), "does not exist"),
        ["hard-link-through-link"] = (new TarBuilder().AddSymbolicLink("l", "/etc").AddHardLink("h", "l/passwd").Build(), "does not exist"),
        ["hard-link-to-directory"] = (new TarBuilder().AddDirectory("d").AddHardLink("h", "d").Build(), "is a directory"),
        ["file-below-dangling-link"] = (new TarBuilder().AddSymbolicLink("d", "/tmp").AddFile("d/escape", "x").Build(), "not a directory"),
        ["link-loop"] = (new TarBuilder().AddSymbolicLink("a", "b").AddSymbolicLink("b", "a").AddFile("a/f", "x").Build(), "write 'a/f'"),
        ["file-below-file"] = (new TarBuilder().AddFile("f", "x").AddFile("f/g", "x").Build(), "Not a directory"),
        ["name-with-nul"] = (new TarBuilder().AddPax(("path", "a\0b"u8.ToArray())).AddFile("x", "x").Build(), "write"),
        ["ten-thousand-deep"] = (new TarBuilder().AddPax("path", string.Concat(Enumerable.Repeat("a/", 10_000)) + "f").AddFile("x", "x").Build(), "too long"),
        ["component-too-long"] = (new TarBuilder().AddPax("path", new string('a', 300)).AddFile("x", "x").Build(), "too long"),
        ["link-too-long"] = (new TarBuilder().AddPax("linkpath", new string('a', 5000)).AddSymbolicLink("l", "x").Build(), "too long"),
        ["empty-link"] = (new TarBuilder().AddSymbolicLink("l", "").Build(), "write 'l'"),
        ["negative-size"] = (new TarBuilder().AddPax("size", "-1").AddFile("f", "x").Build(), "malformed number"),
        ["size-of-everything"] = (new TarBuilder().AddPax("size", "9223372036854775807").AddFile("f", "x").Build(), "middle of an entry"),
        ["size-beyond-numbers"] = (new TarBuilder().AddPax("size", "99999999999999999999").AddFile("f", "x").Build(), "malformed number"),
        ["pax-length-lies"] = (new TarBuilder().AddEntry('x', "p"u8.ToArray(), "99 path=x\n"u8.ToArray()).AddFile("f", "x").Build(), "malformed extended header"),
        ["pax-without-key"] = (new TarBuilder().AddEntry('x', "p"u8.ToArray(), "6 =ab\n"u8.ToArray()).AddFile("f", "x").Build(), "malformed extended header"),
        ["attributes-without-end"] = (new TarBuilder().AddPax([.. Enumerable.Range(0, 5000).Select(static i => ($"SCHILY.xattr.user.{i}", "x"u8.ToArray()))]).AddFile("f", "x").Build(), "attributes"),
        ["pax-of-megabytes"] = (new TarBuilder().AddPax(("comment", new byte[2 << 20])).AddFile("f", "x").Build(), "the limit is"),
        ["long-name-of-megabytes"] = (new TarBuilder().AddEntry('L', "x"u8.ToArray(), new byte[2 << 20]).AddFile("f", "x").Build(), "the limit is"),
        ["owner-out-of-range"] = (new TarBuilder().AddPax("uid", "4294967296").AddFile("f", "x").Build(), "out of range"),
        ["unknown-type"] = (new TarBuilder().AddEntry('Q', "f"u8.ToArray(), []).Build(), "unknown type"),
        ["whiteout-of-parent"] = (new TarBuilder().AddFile("d/.wh...", "").Build(), "whiteout without a name"),
        ["bomb"] = (new TarBuilder().AddFile("zeros", new byte[40 << 20]).Build(), "more than"),
        ["bomb-of-entries"] = (MakeMany(), "more than"),
        ["sparse-bomb"] = (new TarBuilder().AddPax(("GNU.sparse.major", "1"u8.ToArray()), ("GNU.sparse.minor", "0"u8.ToArray()), ("GNU.sparse.realsize", "9223372036854775807"u8.ToArray()))
            .AddFile("f", Encoding.ASCII.GetBytes("0\n".PadRight(512, '\0'))).Build(), "sparse file of more than"),
        ["sparse-overlap"] = (new TarBuilder().AddPax(("GNU.sparse.size", "100"u8.ToArray()), ("GNU.sparse.map", "0,10,5,10"u8.ToArray())).AddFile("f", new byte[20]).Build(), "sparse"),
        ["sparse-beyond-end"] = (new TarBuilder().AddPax(("GNU.sparse.size", "10"u8.ToArray()), ("GNU.sparse.map", "5,10"u8.ToArray())).AddFile("f", new byte[10]).Build(), "sparse"),
        ["sparse-other-length"] = (new TarBuilder().AddPax(("GNU.sparse.size", "100"u8.ToArray()), ("GNU.sparse.map", "5,10"u8.ToArray())).AddFile("f", new byte[11]).Build(), "sparse"),
        ["sparse-endless-map"] = (new TarBuilder().AddPax(("GNU.sparse.major", "1"u8.ToArray()), ("GNU.sparse.realsize", "10"u8.ToArray())).AddFile("f", new byte[4 << 20]).Build(), "sparse"),
        ["sparse-many-extents"] = (new TarBuilder().AddPax(("GNU.sparse.major", "1"u8.ToArray()), ("GNU.sparse.realsize", "10"u8.ToArray()))
            .AddFile("f", Encoding.ASCII.GetBytes("99999999999\n".PadRight(1024, '\0'))).Build(), "sparse"),
    };

    // Every path is short enough; a link to the deepest directory so far makes the next thousand levels nameable.
    private static byte[] MakeDeep()
    {
        TarBuilder tar = new();
        string prefix = "";
        for (int part = 0; part < 4; part++)
        {
            string path = prefix + string.Concat(Enumerable.Repeat("d/", 1_300));
            tar.AddPax("path", path).AddDirectory("x").AddPax(("path", Encoding.UTF8.GetBytes($"{prefix}l")), ("linkpath", Encoding.UTF8.GetBytes(path[prefix.Length..]))).AddSymbolicLink("x", "x");
            prefix += "l/";
        }

        return tar.Build();
    }

    private static byte[] MakeMany()
    {
        TarBuilder tar = new();
        for (int i = 0; i < 12_100; i++)
        {
            tar.AddFile($"f{i}", "");
        }

        return tar.Build();
    }
}
