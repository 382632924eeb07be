# code.pl FILE...: prints C sources as "file:line:text" without comments, and with strings and characters emptied, so that a search
# finds code only. Lines keep their numbers; blank ones are left out.
use strict;
use warnings;

for my $file (@ARGV) {
    open my $in, '<', $file or die "$file: $!\n";
    my $text = do { local $/; <$in> };
    close $in;
    $text =~ s{
        ( /\* .*? \*/ | //[^\n]* )          # 1: comment
      | ( \#\s*include[^\n]* )              # 2: kept whole
      | ( " (?: [^"\\\n] | \\. )* " )       # 3: string
      | ( ' (?: [^'\\\n] | \\. )* ' )       # 4: character
    }{
        if (defined $1) { (my $lines = $1) =~ tr/\n//cd; " $lines" }
        elsif (defined $2) { $2 }
        elsif (defined $3) { '""' }
        else { "''" }
    }gsex;
    my $line = 0;
    for (split /\n/, $text) {
        $line++;
        print "$file:$line:$_\n" if /\S/;
    }
}
